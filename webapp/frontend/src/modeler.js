import './workbench/modeler.css';
