"""First names that are hardly ever anything else, to find people in running text."""

import re

FIRST_NAMES: list[str] = re.findall(
    r"\w+",
    "Aaron Abdul Adrian Ahmed Alan Alejandro Alexander Alexandre Alexey Alexis Ali Alice "
    "Alison Allen Amanda Amir Amit Anders Andrea Andreas Andrei Andrew Andrzej Andy "
    "Angela Anil Anita Ankit Anna Anne Anthony Antonio Arjun Arnaud Arthur Arun Ashish "
    "Barbara Benjamin Benoit Bernard Bernd Bertrand Bjorn Blaine Boris Brad Bradley "
    "Brenda Brent Brenton Brett Brian Bruce Bryan Carl Carlos Carol Caroline Catherine "
    "Cédric Charles Charlie Chee Chris Christian Christoph Christophe Christopher Claire "
    "Clara Claudia Clinton Colin Craig Cynthia Dani Daniel Daniela Darin Darren Dave "
    "David Dawson Dean Deborah Deepak Denis Dennis Derek Diego Dietmar Dirk Dmitri Dmitry "
    "Dominique Donald Donna Doug Douglas Duncan Dustin Dwayne Eduardo Edward Eileen Elena "
    "Elizabeth Emily Emma Enrique Eric Erich Erik Ernesto Ethan Eugene Evan Evgeny Ewan "
    "Fabian Fabio Federico Felipe Fernando Florian Fokke Francesco Francisco Francois "
    "Frank Frederic Gabriel Ganesh Gareth Gary Geoff Geoffrey Georg George Gerald Gerd "
    "Gerhard Giovanni Giuseppe Glenn Gordon Graham Greg Gregory Guido Guillaume Gustavo "
    "Hannah Hans Harald Harry Heather Heiko Heinrich Helen Helmut Henrik Henry Hiroshi "
    "Holger Howard Hugh Hugo Ian Igor Ilya Ingo Ingrid Isabel Ivan Jacek Jackie Jacob "
    "Jacques Jake James Jamie Jane Janek Janet Jason Javier Jean Jeff Jeffrey Jennifer "
    "Jeremy Jerome Jerry Jesse Jessica Jim Joachim Joanna Joe Joel Johan Johannes John "
    "Jon Jonas Jonathan Jorge Jose Josef Joseph Josh Joshua Juan Judith Julia Julian "
    "Julie Julien Jürgen Justin Karen Karl Karsten Katherine Kathy Keith Kelly Kenneth "
    "Kevin Kieran Klaus Kosta Krzysztof Kumar Kurt Kyle Larry Lars Laura Lauren Laurent "
    "Lawrence Leonard Leonardo Leslie Liam Linda Lisa Lokesh Lorenzo Louis Louise Lucas "
    "Ludovic Luigi Luis Lukas Maciej Magnus Manfred Manish Manju Manuel Marc Marcel "
    "Marcelo Marcin Marco Marcus Margaret Maria Marian Marie Mario Marius Marko Markus "
    "Martin Martina Mary Massimo Mathieu Matt Matteo Matthew Matthias Mauro Megan Melissa "
    "Michael Michal Michel Michelle Miguel Mikael Mike Mikhail Mohamed Mohammed Mohit "
    "Monica Morten Nancy Natalia Natalie Natasha Nathan Neeraj Nicholas Nick Nicolas "
    "Nicole Nigel Nikhil Niklas Nikolai Nils Nina Norbert Olaf Oleg Oliver Olivier Oscar "
    "Otto Pablo Pankaj Paolo Paras Patricia Patrick Paul Pauline Pavel Pedro Peter Petr "
    "Phil Philip Philipp Philippe Pierre Pieter Piotr Prashant Praveen Priya Rachel "
    "Radoslaw Rahul Rainer Raja Rajesh Rajnikant Rakesh Ralf Ralph Raphael Raul Ravi "
    "Raymond Rebecca Ricardo Richard Rick Ritu Robert Roberto Rodrigo Roger Roland Rolf "
    "Ronald Ross Rudolf Russ Russell Ryan Sabil Sabine Sachin Samantha Samuel Sandeep "
    "Sandra Sanjay Santiago Sarah Scott Sean Sebastian Sebastien Sergey Sergio Seth "
    "Shannon Sharif Sharon Shawn Simon Sonia Sophie Srinivas Stefan Stefano Stephan "
    "Stephane Stephanie Stephen Steve Steven Stuart Sunil Suresh Susan Sven Sylvain Tanja "
    "Tanya Tatiana Terry Theodore Theresa Thierry Thomas Thorsten Tim Timothy Tobias Todd "
    "Tomas Tomasz Tony Torsten Travis Trevor Tristan Tyler Ulrich Umesh Uwe Valerie "
    "Vanessa Venkat Vera Victor Victoria Vijay Vikram Vinay Vincent Vishal Vivek Vladimir "
    "Volker Walter Wayne Wendy Wilhelm William Wojciech Wolfgang Xavier Yuri Yusuf Yves "
    "Zach Zoltan ",
)
ALSO_WORDS: frozenset[str] = frozenset(
    re.findall(
        r"\w+",
        "Carol Chee Christian Dani Dean Frank Hugo Ian Jason Jean Jerry Jesse Jim Julia Marc "
        "Maria Marian Mary Oscar Otto Paras Phil Raja Rick Ross Tim Travis Vera Victor Walter "
        "Xavier ",
    )
)
"""Those that in lower case are words or products."""
